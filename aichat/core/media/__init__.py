"""What bytes tell of themselves: pictures, sound, video, documents."""
