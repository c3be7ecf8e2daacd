"""The people outside: a simulated 3PL partner that talks over Kafka, and a simulated packer at the merchant's bench."""
