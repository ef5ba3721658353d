-- Removes what is due and admits the next, for the line that nobody asks about.
--
-- Answers {'swept', waiters removed, admissions ended, waiters admitted, batch}: a count that reaches the batch
-- may have left some behind.
-- Steps: those of the opening and the admission.
reply = struct.pack('<sdddd', 'swept', #lostWaiters + #front / 2 - #present, #endedAdmissions, #present, batch)
