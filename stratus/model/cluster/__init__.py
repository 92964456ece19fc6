"""Clusters of instances: what is asked for, what members are like, and the steps that make a cluster of them. Pure."""
