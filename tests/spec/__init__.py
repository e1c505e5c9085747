"""What the transcription and the dialogues must be."""
