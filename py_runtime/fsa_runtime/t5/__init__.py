"""The efficient T5: the same mathematics and the same checkpoints as Hugging Face's, laid out for speed.

Every layer is written as a forward and a backward method next to each other, without autograd: buffers are
reused in place, weight gradients go straight into one flat tensor, and nothing is kept that backward does not
need. `model` loads and saves, `training` takes optimizer steps, `decoding` generates.
"""
