"""Pictures, documents, sound and video: made fit for who gets them."""
