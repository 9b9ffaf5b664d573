"""The PyTorch side of fsa."""
