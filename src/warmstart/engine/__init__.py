"""Meta-training, adapting, predicting, saving: written once for every learner."""
