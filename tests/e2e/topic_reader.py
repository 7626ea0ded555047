"""`topic_reader.py BROKERS TOPIC`: prints every message of a topic as one line of JSON; needs confluent-kafka."""
import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

brokers, topic = sys.argv[1:]
consumer = Consumer({"bootstrap.servers": brokers, "group.id": "reader", "enable.auto.commit": False, "isolation.level": "read_committed"})
partitions = sorted(consumer.list_topics(topic, 10).topics[topic].partitions)
for partition in partitions:
    _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), 10)
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
    at, quiet = 0, 0
    while at < end:
        messages = consumer.consume(2000, 0.1)
        quiet = 0 if messages else quiet + 1
        if quiet > 100:
            sys.exit(f"partition {partition} ends at {at}, not {end}")
        for m in messages:
            if m.error():
                sys.exit(str(m.error()))
            at = m.offset() + 1
            headers = {name: value.decode() for name, value in m.headers() or []}
            print(json.dumps({"partition": partition, "offset": m.offset(), "key": m.key().decode(), "headers": headers, "value": m.value().decode()}))
consumer.close()
