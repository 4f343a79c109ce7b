"""Code in colours: which lexers are safe, and lines by them."""
