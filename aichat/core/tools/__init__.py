"""Tools that run here: what one is, who may run it, what its result may say."""
