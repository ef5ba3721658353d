-- The reply of a command, a word and numbers, goes as one string: the word, a zero, and the numbers as doubles. As a list
-- it would take a tenth of a poll here, and a fifth at the caller, to write and read it element by element.
reply = struct.pack('<s' .. string.rep('d', #reply - 1), unpack(reply))
