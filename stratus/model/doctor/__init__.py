"""What is wrong with a cloud: the ledger and the nodes compared, by pure rules; each finding with its mend."""
