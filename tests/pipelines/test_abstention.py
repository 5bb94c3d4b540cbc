"""What counts as "I do not know", and its near misses."""

import pytest

from pipelines.abstention import abstained

ABSTENTIONS = """
...
I don't know.
I don’t know
I really do not know.
I do not know, but it may be 5.
I do not know: the passages do not say.
**I do not know.**
I'm sorry, but I don't know.
I’m sorry. I cannot find that.
Sorry, I do not know that. You may ask support.
I'm afraid I don't know.
As an AI assistant, I don't know that.
Apologies, but I could not find it.
I apologise, I cannot tell.
I can't tell from the passages.
I have no information on that.
We don't have that information.
I have no idea.
I don't have enough information to answer.
I'm unable to answer that.
I am not able to find it. It may be 5.
I did not find it.
I am not sure.
Unfortunately, the passages do not mention a price.
The provided passages don't specify this.
The passages provided do not say.
The passages do not explicitly state the year.
The passages only describe kettles; they do not say what toasters cost.
The context does not contain information about refunds [1].
The text doesn't say.
None of the passages say who built it.
Nothing in the documents mentions this.
No passage mentions this.
Based on the provided passages, I cannot determine the price.
Based on the passages, it is not possible to say.
There is no information about that in the documents.
There isn't any mention of it.
There is not enough information to say.
No information is provided on shipping to Mars.
Insufficient information.
It is not stated when the shop opens.
It's unclear.
Not specified.
Not mentioned in the passages.
What the castle cost is not stated in the provided passages.
The information is not provided in the context.
Cannot be determined from the passages.
When it was built cannot be determined from the passages.
This question cannot be answered from the given context.
The answer is not in the passages.
The answer is not given.
Unknown.
N/A
""".strip().splitlines()

ANSWERS = """
5 days [1].
Well
No.
You do not know your order number? It is in the mail.
If you do not know your order number, write to us.
The customer does not know the PIN until it arrives.
The kettle costs €5. I do not know more.
I am not sure, but it is 5 days.
The warranty does not cover water damage.
Water damage is not covered by the warranty document.
No, the policy does not mention a limit for gifts.
It is not possible to return opened items.
It is not available in blue.
The fee is not refundable.
There is no fee.
There are no details to fill in; just send it.
We do not answer calls on Sundays.
The parcel was not found at the door, so a refund is due.
Not before Monday.
In the passages, the price is 5.
The document must not be folded.
The article is not covered by the warranty.
The context menu does not have an export button.
Information is not shared with others.
Data is not given to third parties.
Unknown senders are blocked.
Unfortunately, it costs 5 euros.
""".strip().splitlines()


@pytest.mark.parametrize("text", ["", "  \n", *ABSTENTIONS])
def test_saying_that_one_does_not_know_is_an_abstention(text: str) -> None:
    assert abstained(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_that_mentions_not_knowing_is_an_answer(text: str) -> None:
    assert not abstained(text)


@pytest.mark.parametrize("part", ["In the passages the price ", "sorry ", "as a ", "no ", ". ", "[1]", "the passages "])
def test_a_long_text_is_read_as_its_opening_is(part: str) -> None:
    assert abstained(part * 100_000) == abstained(part * 1000)
