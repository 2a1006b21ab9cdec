"""Why a number changed between two studies."""
