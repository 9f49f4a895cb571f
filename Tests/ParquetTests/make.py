"""Writes small made-up tables as Parquet with pyarrow, DuckDB and polars in all variants that they offer, and what
pyarrow reads in them as expected.json: for each column of a file a list with a string, null or a list of strings a row.
Numbers are spelled as the file has them: times and days as integers, decimals without their point."""

import datetime
import decimal
import json
import pathlib
import random
import sys
import uuid

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq

folder = pathlib.Path(sys.argv[1])
random.seed(20)
ROWS = 90
START = 1_767_225_600_000

words = ["tea", "kettle", "Bürste", "日本", "", "a longer name with spaces", "x" * 70, "tea pot", "teapot lid"]


def maybe(values, share=0.2):
    return [None if random.random() < share else value for value in values]


def table():
    integers = [random.choice([0, 1, -1, 2**40, -(2**62), 7, 8, 9]) for _ in range(ROWS)]
    small = [random.choice([0, -5, 2**31 - 1, -(2**31), 12]) for _ in range(ROWS)]
    times = sorted(START + random.randrange(10**9) for _ in range(ROWS))
    lists = [
        None if random.random() < 0.1 else maybe(random.choices(words, k=random.randrange(4)), 0.1) for _ in range(ROWS)
    ]
    ids = [uuid.UUID(int=random.getrandbits(128)) for _ in range(10)]
    return pa.table({
        "user": pa.array([f"user-{min(int(random.paretovariate(0.7)), 90)}" for _ in range(ROWS)], pa.string()),
        "item": pa.array([random.randrange(40) for _ in range(ROWS)], pa.int64()),
        "at": pa.array(times, pa.timestamp("ms", tz="UTC")),
        "local": pa.array([time * 1000 + 7 for time in times], pa.timestamp("us")),
        "fine": pa.array(maybe([time * 1_000_000 - 1 for time in times]), pa.timestamp("ns")),
        "rating": pa.array(maybe([random.randrange(1, 11) / 2 for _ in range(ROWS)]), pa.float64()),
        "score": pa.array([random.uniform(-1, 1) for _ in range(ROWS)], pa.float32()),
        "amount": pa.array(maybe([random.uniform(-1e9, 1e9) for _ in range(ROWS)]), pa.float64()),
        "large": pa.array(maybe(integers), pa.int64()),
        "small": pa.array(small, pa.int32()),
        "tiny": pa.array([random.randrange(-128, 128) for _ in range(ROWS)], pa.int8()),
        "unsigned": pa.array([random.choice([0, 1, 2**32 - 1]) for _ in range(ROWS)], pa.uint32()),
        "widest": pa.array([random.choice([0, 1, 2**64 - 1]) for _ in range(ROWS)], pa.uint64()),
        "flag": pa.array(maybe([random.random() < 0.3 for _ in range(ROWS)]), pa.bool_()),
        "day": pa.array(maybe([datetime.date(2026, 1, 1) + datetime.timedelta(random.randrange(-9999, 99)) for _ in range(ROWS)]), pa.date32()),
        "price": pa.array(maybe([decimal.Decimal(random.randrange(-99999, 99999)) / 100 for _ in range(ROWS)]), pa.decimal128(9, 2)),
        "total": pa.array([decimal.Decimal(random.randrange(-10**17, 10**17)) / 10000 for _ in range(ROWS)], pa.decimal128(24, 4)),
        "note": pa.array(maybe([random.choice(words) for _ in range(ROWS)]), pa.string()),
        "all_missing": pa.array([None] * ROWS, pa.string()),
        "nothing": pa.nulls(ROWS),
        "id": pa.ExtensionArray.from_storage(
            pa.uuid(), pa.array([random.choice(ids).bytes for _ in range(ROWS)], pa.binary(16))),
        "genres": pa.array(lists, pa.list_(pa.string())),
        "numbers": pa.array([[1, None, 3] if random.random() < 0.5 else [] for _ in range(ROWS)], pa.list_(pa.int32())),
    })


def text(value, type):
    if value is None:
        return None
    if pa.types.is_list(type) or pa.types.is_large_list(type):
        return [text(item, type.value_type) for item in value if item is not None]
    if pa.types.is_boolean(type):
        return str(int(value))
    if pa.types.is_decimal(type):
        return str(int(value.scaleb(type.scale)))
    if pa.types.is_floating(type):
        return repr(float(value))
    return str(value)


def expected(path):
    columns = {}
    for field in pq.read_schema(path):
        name = field.name
        try:
            column = pq.read_table(path, columns=[name]).column(0)
        except OSError as error:
            # Wide differences of INT32 by DuckDB 2.0, which it reads itself.
            print(f"{path.name}, {name}: {error}")
            column = duckdb.sql(f"SELECT {name} FROM '{path}'").to_arrow_table().column(0)
        type = column.type
        if pa.types.is_timestamp(type):
            # What INT96 holds counts in microseconds here.
            if path.name == "pyarrow-int96.parquet":
                column = column.cast(pa.timestamp("us"), safe=False)
            column = column.cast(pa.int64())
        elif pa.types.is_date32(type):
            column = column.cast(pa.int32())
        elif pa.types.is_dictionary(type):
            column = column.cast(type.value_type)
        values = column.to_pylist()
        if pa.types.is_list(type) or pa.types.is_large_list(type):
            values = [value or [] for value in values]
        if pa.types.is_dictionary(type):
            type = type.value_type
        columns[name] = [text(value, type) for value in values]
    return columns


rows = table()
plain = dict(use_dictionary=False)
flat = [field.name for field in rows.schema if field.name not in ("nothing", "genres", "numbers")]
numbers = ["item", "large", "small", "at"]
texts = ["user", "note"]

pyarrow_variants = {
    **{f"pyarrow-{codec}": dict(compression=codec) for codec in ["none", "snappy", "gzip", "zstd", "lz4"]},
    "pyarrow-v2-snappy": dict(compression="snappy", data_page_version="2.0"),
    "pyarrow-v2-zstd-plain": dict(compression="zstd", data_page_version="2.0", **plain),
    "pyarrow-plain": dict(compression="none", **plain),
    "pyarrow-small-pages": dict(compression="snappy", data_page_size=64, write_batch_size=16, row_group_size=40),
    "pyarrow-small-dictionary": dict(compression="none", dictionary_pagesize_limit=64, data_page_size=64, write_batch_size=16),
    "pyarrow-checksums": dict(compression="zstd", write_page_checksum=True, row_group_size=40),
    "pyarrow-int96": dict(compression="snappy", use_deprecated_int96_timestamps=True),
    "pyarrow-old-lists": dict(compression="snappy", use_compliant_nested_type=False),
    "pyarrow-decimal-integers": dict(compression="snappy", store_decimal_as_integer=True),
    "pyarrow-delta": dict(
        compression="none", **plain,
        column_encoding={**{name: "DELTA_BINARY_PACKED" for name in numbers}, **{name: "DELTA_LENGTH_BYTE_ARRAY" for name in texts}}),
    "pyarrow-delta-shared": dict(
        compression="snappy", data_page_version="2.0", **plain, data_page_size=256, write_batch_size=16,
        column_encoding={**{name: "DELTA_BINARY_PACKED" for name in numbers}, **{name: "DELTA_BYTE_ARRAY" for name in texts}, "id": "DELTA_BYTE_ARRAY", "flag": "RLE"}),
    "pyarrow-split": dict(
        compression="zstd", **plain,
        column_encoding={name: "BYTE_STREAM_SPLIT" for name in ["rating", "score", "amount", "large", "small", "id"]}),
}
for name, options in pyarrow_variants.items():
    pq.write_table(rows, folder / f"{name}.parquet", **options)

connection = duckdb.connect()
connection.execute("SET threads = 1")
source = rows.select([name for name in flat if name not in ("fine", "id", "all_missing")] + ["genres", "numbers"])
connection.register("source", source)
for name, options in {
    "duckdb-snappy": "CODEC 'snappy'",
    "duckdb-zstd": "CODEC 'zstd', ROW_GROUP_SIZE 2048",
    "duckdb-gzip": "CODEC 'gzip'",
    "duckdb-none": "CODEC 'uncompressed'",
    "duckdb-lz4": "CODEC 'lz4_raw'",
    "duckdb-v2": "CODEC 'zstd', PARQUET_VERSION v2",
    "duckdb-v2-plain": "CODEC 'snappy', PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1",
}.items():
    connection.execute(f"COPY source TO '{folder / name}.parquet' (FORMAT parquet, {options})")

frame = polars.from_arrow(rows.select([name for name in flat if name not in ("id", "total")] + ["genres", "numbers"]))
frame = frame.with_columns(kind=polars.col("user").cast(polars.Categorical))
for codec in ["uncompressed", "snappy", "gzip", "zstd", "lz4"]:
    frame.write_parquet(folder / f"polars-{codec}.parquet", compression=codec)
frame.write_parquet(folder / "polars-small.parquet", row_group_size=40, data_page_size=128, statistics=False)

# Columns that are the same in several files stand there once.
columns, files = [], {}
for path in sorted(folder.glob("*.parquet")):
    files[path.name] = {}
    for name, values in expected(path).items():
        if values not in columns:
            columns.append(values)
        files[path.name][name] = columns.index(values)
text = ",\n".join(json.dumps(values, ensure_ascii=False, separators=(",", ":")) for values in columns)
(folder / "expected.json").write_text(f'{{"files":{json.dumps(files)},\n"columns":[\n{text}\n]}}\n')

# What is refused, with its name.
refused = folder / "refused"
refused.mkdir()
pq.write_table(rows.select(["user", "item"]), refused / "brotli.parquet", compression="brotli")
nested = pa.table({
    "user": ["a", "b"],
    "place": [{"city": "Bern"}, {"city": "Wien"}],
    "deep": [[["x"]], [["y"]]],
    "pairs": pa.array([[("a", 1)], [("b", 2)]], pa.map_(pa.string(), pa.int32())),
    "structs": [[{"a": 1}], [{"a": 2}]],
    "time": pa.array([1, 2], pa.time32("ms")),
    "half": pa.array([1.0, 2.0], pa.float32()).cast(pa.float16()),
    "bytes": pa.array([b"abc", b"def"], pa.binary(3)),
})
pq.write_table(nested, refused / "nested.parquet")

# A small shop, as ingest reads it.
shop = folder / "shop"
(shop / "parts").mkdir(parents=True)
(shop / "mixed").mkdir()
instants = [START + 36_000_000, START, START + 172_800_000]
orders = pa.table({
    "customer": ["ann", "bob", "ann"],
    "product": ["Tea kettle", "Brush", "Brush"],
    "at": pa.array(instants, pa.timestamp("ms", tz="UTC")),
    "amount": [2.0, 1.5, 3.0],
    "note": ["first, and best", None, "x"],
    "zip": ["01234", "99999", "00001"],
})
pq.write_table(orders, shop / "orders.parquet", row_group_size=2)
pq.write_table(orders.slice(0, 2), shop / "parts" / "part-00000.parquet")
pq.write_table(orders.slice(2), shop / "parts" / "part-00001.parquet", use_dictionary=False)
(shop / "parts" / "_SUCCESS").write_text("")
(shop / "parts" / ".part-00000.parquet").write_text("hidden")
pq.write_table(orders.slice(0, 1), shop / "mixed" / "a.parquet")
pq.write_table(orders.slice(1, 1).set_column(3, "amount", pa.array(["1.5"])), shop / "mixed" / "b.parquet")
pq.write_table(
    pa.table({
        "product": pa.array(["Brush", "Tea kettle", "Lamp"]),
        "title": ["A brush", None, "A lamp"],
        "genres": [["bath", "home"], None, ["home", None]],
        "sizes": [[1, 2], [], [3]],
        "price": pa.array([decimal.Decimal("2.50"), None, decimal.Decimal("10.00")], pa.decimal128(5, 2)),
        "released": pa.array([datetime.date(2026, 1, 1), datetime.date(1969, 12, 31), None]),
        "stock": pa.array([True, False, None]),
        "weight": pa.array([0.5, float("nan"), 2.0]),
    }),
    shop / "products.parquet")
# The same rows, with identifiers that are numbers and times in other types.
for name, who, at in [
    ("integers", pa.array([7, 8, 7], pa.int32()), pa.array([i * 1_000_000 + 999_999 for i in instants], pa.int64())),
    ("reals", pa.array([7.0, 8.0, 7.0]), pa.array([i / 1000 for i in instants])),
    ("texts", ["7", "8", "7"], ["2026-01-01T10:00:00Z", "2026-01-01", "2026-01-03 00:00:00"]),
    ("unsigned", pa.array([7, 8, 7], pa.uint64()), pa.array([i * 1_000_000 for i in instants], pa.timestamp("ns"))),
    ("decimals", pa.array([decimal.Decimal(7), decimal.Decimal(8), decimal.Decimal(7)], pa.decimal128(20, 0)), pa.array([i // 1000 for i in instants], pa.int64())),
]:
    pq.write_table(
        orders.set_column(0, "customer", pa.array(who) if isinstance(who, list) else who)
        .set_column(2, "at", pa.array(at) if isinstance(at, list) else at), shop / f"{name}.parquet")
pq.write_table(
    pa.table({
        "customer": ["ann", None, "", "bob", "bob", "ann", "eve"],
        "product": pa.array([b"Brush", b"Brush", b"Brush", b"\xff", b"Lamp", b"Lamp", b"Lamp"], pa.binary()),
        "at": pa.array([START, START, START, START, 5, None, START], pa.timestamp("ms")),
        "amount": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, float("nan")],
    }),
    shop / "bad.parquet", row_group_size=3)
