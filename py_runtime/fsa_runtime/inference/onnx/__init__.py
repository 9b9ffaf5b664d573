"""A student as two ONNX graphs over one file of weights, for runtimes without Python."""
