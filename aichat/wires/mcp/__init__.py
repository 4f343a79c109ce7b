"""The Model Context Protocol, as messages: pure, for whichever way they travel."""
