"""Employment and exposure carried between classifications, with what that assumes."""
