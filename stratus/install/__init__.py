"""Making a machine able to be told: facts -> plan -> apply -> verify, per step, rerunnable, undone by a journal."""
