"""Catalog: what can be sold, bought and installed.

Owns  Article, ArticleComponent.
Says  nothing.
Knows organizations as suppliers; nothing of orders or prices agreed with a partner.
"""
