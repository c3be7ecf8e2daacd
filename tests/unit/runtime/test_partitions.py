"""Keys lie where every other Kafka client puts them."""

from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as theirs
from hypothesis import given
from hypothesis import strategies as st

from service_runtime.kafka import murmur2, partition_of


@given(st.binary(max_size=200))
def test_a_key_has_the_hash_that_kafka_gives_it(key: bytes) -> None:
    assert murmur2(key) == theirs(key)


@given(st.binary(max_size=40), st.integers(1, 64))
def test_a_key_lies_in_the_partition_that_any_client_chooses(key: bytes, partitions: int) -> None:
    assert partition_of(key, partitions) == DefaultPartitioner()(key, list(range(partitions)), [])
