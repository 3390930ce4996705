"""A crash storm: partners and staff at work while processes are killed, and a judge who believes only what was answered.

    python -m tests.faults.storm --seconds 60 --seed 1

One seed decides which faults come when, and what the callers do. The judge's notes lie outside the folder of the system: each
answer that acknowledges something is written down there before its caller goes on. When all is over and the system has caught
up, nothing else is held against the tables, the API and what the partners' endpoint heard.

- `system`: a PostgreSQL that syncs, a Valkey, and the system's own processes, each killed and started again by its id
- `prepare`: runs inside the system: gives its partners the endpoint's address, and makes callers
- `traffic`: the callers, and how they go on until they have an answer
- `weather`: which fault comes when
- `notes`: what was answered, in a file
- `judge`: what of it does not hold
"""
