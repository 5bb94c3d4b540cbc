"""What counts as "I do not know", and its near misses."""

import json
from pathlib import Path

import pytest

from pipelines.abstention import abstained
from pipelines.prose import sentences

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
I'm sorry, but the provided context doesn't contain information about the battery's weight.
I'm sorry, but the provided context doesn't contain the answer to your question.
I'm sorry, but I couldn't find any details on that in the documents.
I couldn't find that in the help centre.
We could not find an answer to this.
Based on the passages, there is no information about student discounts.
According to the provided documents, the price isn't mentioned.
In the retrieved articles there is no mention of a fee.
The context does not contain the price.
The provided documents do not include a price.
The documents provided don't give the weight.
The documents do not contain enough information to answer.
The articles do not provide any details on this.
The articles do not answer the question.
The document contains no information about returns.
The article makes no mention of a fee.
The policy does not specify how long this takes.
Based on the information provided, I cannot determine the weight.
The articles are silent on this.
The policy contains no information on gifts.
This page doesn't tell.
Neither passage mentions it.
None of the articles provide information on this.
No relevant passage contains this.
The help centre says what delivery costs, but not how long it takes.
The articles list prices for lids, but none for handles.
The articles say that a partner repairs it and do not name the partner.
The weight of the lid is not stated.
The colour has not been specified.
How the fee is calculated was not explicitly mentioned.
The limit is not stated in the policy.
What happens if it breaks is not addressed in the articles.
It is not specified whether it folds.
It's not known.
It is not clear from the passages.
No information about the weight is given.
No details on this.
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
No personal data is sold to third parties.
No information about you is stored.
No information is given to third parties.
No details are needed.
No answer within 5 days cancels the order.
It is not provided with a charger.
It is not found in shops.
It is not mentioned on the invoice; look in your account.
It is not known to fade.
These documents do not have to be printed: show them on the phone.
Send the original, not in the documents pouch.
This article does not contain milk.
None of these articles contain milk.
The policy does not cover theft.
The policy does not cover what you broke yourself.
We cannot give refunds for gift cards.
We are unable to ship to Mars.
The policy does not give you a second refund.
The help centre does not answer calls.
The help centre does not offer refunds.
The articles say that delivery is free for books, but not for sofas.
The policy gives a refund for books but not for films.
You get it back if a reason is not stated.
There is no data on the device after a reset.
There is no evidence of a defect.
Based on the information provided, it costs 5 euros.
""".strip().splitlines()


@pytest.mark.parametrize("text", ["", "  \n", *ABSTENTIONS])
def test_saying_that_one_does_not_know_is_an_abstention(text: str) -> None:
    assert abstained(text)


@pytest.mark.parametrize("text", ["|---|\n| 5 days |", "...\n5 days", *ANSWERS])
def test_an_answer_that_mentions_not_knowing_is_an_answer(text: str) -> None:
    assert not abstained(text)


HELPDESK = Path(__file__).parents[2] / "datasets" / "helpdesk"


def test_the_reference_answers_of_the_helpdesk_abstain_from_the_unanswerable_alone() -> None:
    examples = [json.loads(line) for line in (HELPDESK / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    wrong = [example["answer"] for example in examples if abstained(example["answer"]) == bool(example["answers"])]
    assert not wrong


def test_no_sentence_of_the_helpdesk_articles_is_an_abstention() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted((HELPDESK / "documents").iterdir())]
    said = [sentence for text in texts for sentence in sentences(text) if any(char.isalnum() for char in sentence)]
    assert len(said) > 1000
    assert not [sentence for sentence in said if abstained(sentence)]


@pytest.mark.parametrize(
    "answer",
    [
        "Das weiß ich leider nicht.", "Ich weiß es nicht.", "Leider kann ich dazu nichts finden.",
        "Ich kann das nicht beantworten.",
        "Das steht nicht in den Artikeln.", "Die Artikel sagen dazu nichts.", "Der Artikel nennt das nicht.",
        "Dazu gibt es keine Angaben.", "Ich habe dazu keine Informationen.", "Dazu habe ich leider keine Auskunft.",
        "Das wird in den Artikeln nicht erwähnt.", "Das ist nicht bekannt.", "Die Texte enthalten keine Angaben dazu.",
        "Je ne sais pas.", "Désolé, mais je ne trouve pas.", "Les articles ne le disent pas.", "L'article ne le dit pas.",
        "Les passages ne précisent rien.", "Cela n'est pas précisé.",
        "Je n'ai aucune information.", "Je n'ai pas cette information.",
        "Les articles ne contiennent aucune information à ce sujet.", "Je ne peux pas vous répondre.",
        "No lo sé.", "Lo siento, no puedo responder.", "Los artículos no lo dicen.", "El artículo no lo menciona.",
        "No se especifica en los textos.", "No hay información sobre eso.", "No tengo esa información.", "Eso no se indica.",
        "Não sei.", "Os artigos não dizem em que línguas existe.", "O artigo não diz.", "Isso não está indicado.",
        "Não tenho essa informação.", "Infelizmente não encontro nada.", "Não há informação sobre isso.",
    ],
)  # fmt: skip
def test_an_abstention_is_recognised_in_the_other_languages_of_the_helpdesk(answer: str) -> None:
    assert abstained(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Das geht nicht.", "Nein, das ist nicht möglich.", "Die Artikel kosten 5 Euro.", "Ich weiß, dass es 30 Tage sind.",
        "Dazu gibt es keine Gebühr.", "Das wird nicht in den Hausmüll geworfen.", "Die Artikel enthalten keine Milch.",
        "Das geht nicht aus den Filialen, nur online.", "Es gibt keine Mindestmenge.", "Das ist nicht im Preis enthalten.",
        "Ce n'est pas possible.", "Les articles ne sont pas repris au-delà de 30 jours.", "Les documents ne coûtent rien.",
        "Je n'ai pas besoin de justificatif.", "Je ne sais plus où, mais 30 jours.", "Aucune taxe n'est due.",
        "No, no se aceptan cheques.", "Los artículos rebajados no se devuelven.", "No se dice que sí hasta 30 días.",
        "No se especifica ningún mínimo: desde 1 euro.", "No puedo decir más de 3 meses.", "No hay gastos de envío.",
        "Los artículos no se envían a Canarias.",
        "Não, não é possível.", "Os artigos em saldo não têm devolução.", "Não há portes.", "Os artigos não pagam portes.",
        "Não posso devolver depois de 30 dias.",
    ],
)  # fmt: skip
def test_a_no_is_an_answer_in_the_other_languages_too(answer: str) -> None:
    assert not abstained(answer)


HOSTILE = """
In the passages the price |sorry |as a |no |. |[1]|the passages |is not stated, |but not |no information about |a|, |
the articles say but they do not |none of the |there is no
""".replace("\n", "").split("|")


@pytest.mark.parametrize("part", HOSTILE)
def test_a_long_text_is_read_as_its_opening_is(part: str) -> None:
    assert abstained(part * 100_000) == abstained(part * 1000)
