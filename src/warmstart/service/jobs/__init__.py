"""Work that takes minutes, in processes of their own: asked for and followed over HTTP."""
