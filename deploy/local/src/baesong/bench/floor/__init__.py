"""The floor: what no correct pipeline can beat here. It relays messages and decides nothing."""
