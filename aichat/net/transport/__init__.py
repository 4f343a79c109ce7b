"""HTTP requests on their way: over the standard library, or over httpx."""
