"""What can be done with logins, second factors, sessions and API keys."""

from apps.accounts.services.api_keys import (
    burn_key_in_address,
    create_api_key,
    recognise_api_key,
    revoke_api_key,
)
from apps.accounts.services.factors import (
    check_code,
    has_factor,
    must_set_up_factor,
    note_factor_added,
    note_factor_failed,
    note_factor_removed,
    reencrypt_factors,
    remove_factors,
)
from apps.accounts.services.logins import (
    IssuedTokens,
    issue_access_token,
    log_in,
    refresh_tokens,
    unlock_login,
    user_of_access_token,
)
from apps.accounts.services.sessions import end_other_sessions, end_session, end_sessions, forget_ended_sessions

__all__ = [
    "IssuedTokens",
    "burn_key_in_address",
    "check_code",
    "create_api_key",
    "end_other_sessions",
    "end_session",
    "end_sessions",
    "forget_ended_sessions",
    "has_factor",
    "issue_access_token",
    "log_in",
    "must_set_up_factor",
    "note_factor_added",
    "note_factor_failed",
    "note_factor_removed",
    "recognise_api_key",
    "reencrypt_factors",
    "refresh_tokens",
    "remove_factors",
    "revoke_api_key",
    "unlock_login",
    "user_of_access_token",
]
