-- Removes what is due and admits the next, for the line that nobody asks about.
--
-- Returns {'swept', waiters removed, admissions ended, waiters admitted, batch}: a count that reaches the batch
-- may have left some behind.
-- Steps: those of the opening and the admission.
local admissions, dropped = admitWaiters()
return {'swept', #lostWaiters + dropped, #endedAdmissions, admissions, batch}
