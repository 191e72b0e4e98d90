"""Bitrix24: the connector, and in `hub_crm_bitrix.simulator` the vendor's side on loopback, for tests and for trying it out."""
