"""The protocol of Qwen's Omni sockets, with the older names of OpenAI's events."""
