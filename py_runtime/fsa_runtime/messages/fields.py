"""What src/rpc says of single fields of a spec.

Generated from src/rpc by `npm run generate`. Do not edit.
"""

from __future__ import annotations

DECIDING_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "distill": {
        "starting weights": ("modelDigest",),
        "seed": ("seed",),
        "precision": ("precision",),
        "maxInputTokens": ("maxInputTokens",),
        "maxTargetTokens": ("maxTargetTokens",),
        "batchSize": ("optimizer", "batchSize"),
        "accumulation": ("optimizer", "accumulation"),
        "learningRate": ("optimizer", "learningRate"),
        "finalLearningRate": ("optimizer", "finalLearningRate"),
        "warmupSteps": ("optimizer", "warmupSteps"),
        "weightDecay": ("optimizer", "weightDecay"),
        "clip": ("optimizer", "clip"),
        "training data": ("train",),
        "validation data": ("validation",),
        "steps": ("steps",),
        "shards": ("shards",),
        "validateEverySteps": ("validateEverySteps",),
        "validationBatchSize": ("validationBatchSize",),
    },
    "finetune": {
        "starting weights": ("modelDigest",),
        "seed": ("seed",),
        "precision": ("precision",),
        "maxInputTokens": ("maxInputTokens",),
        "maxTargetTokens": ("maxTargetTokens",),
        "batchSize": ("optimizer", "batchSize"),
        "accumulation": ("optimizer", "accumulation"),
        "learningRate": ("optimizer", "learningRate"),
        "finalLearningRate": ("optimizer", "finalLearningRate"),
        "warmupSteps": ("optimizer", "warmupSteps"),
        "weightDecay": ("optimizer", "weightDecay"),
        "clip": ("optimizer", "clip"),
        "training data": ("train",),
        "development data": ("dev",),
        "test data": ("test",),
        "maxGeneratedTokens": ("maxGeneratedTokens",),
        "generationBatchSize": ("generationBatchSize",),
        "epochs": ("epochs",),
    },
}

WRITTEN_PATHS = ("checkpointFolder", "folder", "int8Folder", "modelFolder", "resultPath")
CACHE_PATHS = ("cacheFolder",)
