"""Resources of an account: fine-tuning and spending."""
