"""OAuth logins at HTTP servers: discovery, login, storage and renewal."""
