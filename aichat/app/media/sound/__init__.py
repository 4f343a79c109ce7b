"""Audio: transcription, speech, playback and recording."""
