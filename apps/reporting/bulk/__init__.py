"""Many believable orders at once, with everything that a real one leaves behind, written by SQL as the tables' owner.

plan        how many, when, for whom; which paths orders take
names       what people, streets and places are called
tables      INSERT statements that follow the models' own columns
chunk_*     the rows of some thousands of orders, in temporary tables
quiet       triggers, constraints and indexes off for the load and on again
loading     the run
"""
