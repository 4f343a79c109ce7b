"""What is done beside the conversation: a command of the shell, a picture, speech, a transcript."""
