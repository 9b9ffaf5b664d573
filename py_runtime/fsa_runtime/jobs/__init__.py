"""One module per job kind; each has `run(context, spec) -> output`, typed by `fsa_runtime.messages`."""
