"""One file per action: how to call it, what its answer must show, and what it refuses.

`request(world)` makes the parameters of a call that succeeds, in the shape of the SDK's request model; it
may make other calls first. `shows(world, reply)` says what the reply, and whatever can be read after it,
must show. `REFUSALS` names what the action refuses: changes to those parameters (None leaves one out; a
function of the world makes them), and the code of the error or the fields of an answer that says no.
`DRY_RUN`, where an action has no parameter of that name, is what makes a call a dry run.
"""
