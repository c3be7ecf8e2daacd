"""Keys lie where every other Kafka client puts them."""

from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as theirs
from hypothesis import given
from hypothesis import strategies as st

from service_runtime.hashing import murmur2, murmur2_of, placed


@given(st.binary(max_size=200))
def test_a_key_has_the_hash_that_kafka_gives_it(key: bytes) -> None:
    assert murmur2(key) == theirs(key)


@given(st.binary(max_size=40), st.integers(1, 64))
def test_a_key_lies_in_the_partition_that_any_client_chooses(key: bytes, partitions: int) -> None:
    assert placed(murmur2_of([key])[key], partitions) == DefaultPartitioner()(key, list(range(partitions)), [])


@given(st.lists(st.binary(max_size=30), max_size=200), st.integers(0, 40), st.integers(0, 200))
def test_many_keys_together_have_the_hashes_they_have_alone(keys: list[bytes], length: int, count: int) -> None:
    alike = [n.to_bytes(2, "big").ljust(length, b"\xff")[:length] for n in range(count)]
    assert murmur2_of([*keys, *alike]) == {key: murmur2(key) for key in [*keys, *alike]}
