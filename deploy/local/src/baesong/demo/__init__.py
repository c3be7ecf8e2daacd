"""`baesong demo`: feeds a throwaway instance, shows what happens, counts it from the topics, has it audited."""
