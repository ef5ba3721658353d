-- The answer of a command that has nothing to tell.
reply = struct.pack('<s', 'done')
