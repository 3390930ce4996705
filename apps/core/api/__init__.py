"""The kit that every API view is made of: strict in, one shape of answer, one shape of refusal."""
