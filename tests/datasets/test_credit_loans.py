"""The readers of loans on a few of them."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable, Mapping

from warmstart.datasets.credit_loans import CONSUMERS, SOURCE
from warmstart.datasets.files import Files

FIRMS = """Selected,Name,Bank,BankState,NAICS,ApprovalDate,Term,NoEmp,NewExist,CreateJob,RetainedJob,FranchiseCode,\
UrbanRural,RevLineCr,LowDoc,ChgOffDate,DisbursementDate,DisbursementGross,BalanceGross,MIS_Status,ChgOffPrinGr,GrAppv,\
SBA_Appv,New,RealEstate,Portion,Recession,daysterm,xx,Default
0,SIMPLEX,ONE BANK,CA,532420,15074,36,1,1.0,0,0,1,0,Y,N,,15095.0,32812,0,P I F,0,30000,15000,0,0,0.5,0,1080,16175.0,0
1,DREAM,ONE BANK,CA,531210,15130,56,1,2.0,0,0,68060,1,N,N,15900,15978.0,30000,0,CHGOFF,99,30000,15000,0,0,.5,1,1,1,1
1,NOBODY,,,531210,15130,56,1,1.0,0,0,1,0,Y,N,,15978.0,30000,0,P I F,0,30000,15000,0,0,.5,1,1680,17658.0,0
"""
PEOPLE = """Status,Seniority,Home,Time,Age,Marital,Records,Job,Expenses,Income,Assets,Debt,Amount,Price
good,9,rent,60,30,married,no,freelance,73,129,0,0,800,846
bad,10,owner,36,46,married,yes,freelance,90,NA,3000,0,2000,2985
good,0,NA,36,26,single,no,fixed,46,107,0,0,310,910
"""


def test_firms(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Days are counted from 1960; what is known after the approval, or was computed from the term, is not there."""
    table = SOURCE.tables["credit"](in_memory({"sba_california.csv.gz": gzip.compress(FIRMS.encode())}))
    assert table.frame.select("Bank", "sector", "approved", "Default", "franchise", "GrAppv").rows() == [
        ("ONE BANK", "532", dt.date(2001, 4, 9), "0", "false", 30000.0),
        ("ONE BANK", "531", dt.date(2001, 6, 4), "1", "true", 30000.0),
    ]
    later = {"MIS_Status", "ChgOffDate", "ChgOffPrinGr", "BalanceGross", "DisbursementGross", "DisbursementDate"}
    of_term = {"Term", "daysterm", "xx", "Recession", "RealEstate"}
    assert (later | of_term).isdisjoint(table.frame.columns)
    assert table.schema.group == ("Bank",)


def test_consumers(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Bad is 1; an unknown income stays unknown, an unknown home names no segment."""
    frame = CONSUMERS.tables["credit"](in_memory({"credit_data.csv.gz": gzip.compress(PEOPLE.encode())})).frame
    assert frame.select("Job", "Home", "Marital", "default", "months", "Income").rows() == [
        ("freelance", "rent", "married", "0", 60.0, 129.0),
        ("freelance", "owner", "married", "1", 36.0, None),
    ]
