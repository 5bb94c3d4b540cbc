"""The closed-book chatbot."""

from pipelines.clock import run
from systems.chatbot import INSTRUCTIONS, Chatbot
from systems.interface import Call, Message, Prompt, Request, Response, respond
from systems.models.scripted import Scripted

HISTORY = (Message("user", "Do you sell kettles?"), Message("assistant", "Yes, two."))


def ask(request: Request) -> Response:
    async def main() -> Response:
        return await respond(Chatbot(Scripted("wrong", wrong_answer="See [1].")), request, Call.now("id"))

    return run(main())


def test_the_model_is_sent_the_instructions_then_the_history_then_the_question(prompts: list[Prompt]) -> None:
    ask(Request("Which is quieter?", HISTORY))
    assert prompts == [Prompt((Message("system", INSTRUCTIONS), *HISTORY, Message("user", "Which is quieter?")))]


def test_a_closed_book_answer_is_the_model_s_with_no_contexts_and_no_citations() -> None:
    response = ask(Request("Which is quieter?"))
    assert (response.text, response.contexts, response.citations) == ("See [1].", None, [])
    assert [call.model for call in response.model_calls] == ["scripted-wrong"]
