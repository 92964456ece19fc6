"""What a new instance is told: from a user's request to the small disk that the guest reads, by pure rules."""
