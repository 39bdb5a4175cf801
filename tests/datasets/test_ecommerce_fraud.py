"""The readers of fraud on a few orders."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable, Mapping

from warmstart.datasets.ecommerce_fraud import PAYMENTS, SOURCE
from warmstart.datasets.files import Files
from warmstart.tables.schema import Role

ORDERS = """user_id,signup_time,purchase_time,purchase_value,device_id,source,browser,sex,age,ip_address,class,country
1,2/1/2015 10:00,2/1/2015 10:05,30.0,A,SEO,Chrome,M,39,1.5,1,Japan
2,1/1/2015 10:00,2/1/2015 10:04,20.0,A,Ads,Safari,F,20,1.5,0,
3,1/2/2015 10:00,2/1/2015 10:05,20.0,A,Ads,Safari,F,20,2.5,1,Japan
4,1/2/2015 10:00,3/1/2015 10:05,20.0,A,Ads,Safari,F,20,2.5,0,Chile
"""
PAID = "accountAgeDays,numItems,localTime,paymentMethod,paymentMethodAgeDays,label\n29,1,4.745402,paypal,28.2,0\n"


def test_first_purchases(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Orders of the same minute are not earlier; one without a country counts for others and is not asked."""
    frame = SOURCE.tables["fraud"](in_memory({"first_purchase_fraud.csv.gz": gzip.compress(ORDERS.encode())})).frame
    known = ("country", "class", "minutes_since_signup", "device_orders_before", "ip_orders_before")
    assert frame.select(*known).rows() == [
        ("Japan", "1", 5.0, 1.0, 1.0),
        ("Japan", "1", 30 * 1440 + 5.0, 1.0, 0.0),
        ("Chile", "0", 58 * 1440 + 5.0, 3.0, 1.0),
    ]
    assert frame["purchase_time"][0] == dt.datetime(2015, 2, 1, 10, 5)


def test_payments(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """The age of the account, which gives the label away, is no feature."""
    table = PAYMENTS.tables["fraud"](in_memory({"payment_fraud.csv.gz": gzip.compress(PAID.encode())}))
    assert table.schema.named(Role.FEATURE) == ("numItems", "paymentMethodAgeDays")
    assert table.frame.select("paymentMethod", "localTime", "label", "numItems").rows() == [
        ("paypal", "4.745402", "0", 1.0)
    ]
