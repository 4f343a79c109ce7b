"""Other ways for an answer to arrive: in the background, from the store, over a socket."""
