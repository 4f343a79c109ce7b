"""Pictures and videos that a provider makes: asked for, paid for once, and saved whole."""
