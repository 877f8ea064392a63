from interleaved import report
from interleaved.check_then_act import (
    claim_at_once,
    claim_checked,
    claim_locked,
    sold_twice,
)

for claim in (claim_checked, claim_locked, claim_at_once):
    report(claim.__name__, sold_twice(claim))
