"""The protocol of Qwen's Omni sockets: the older names of OpenAI's events."""
