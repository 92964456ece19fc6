"""Images while others run, delete and import them at the same moment."""

import threading

import pytest

from stratus.actions import records
from stratus.actions.image.alone import LEASE_S, alone
from stratus.actions.run import run
from stratus.errors import Conflict, DeadlineExceeded, Denied, NotFound, StratusError
from stratus.model.requests import DeleteImageRequest, ImportImageRequest, KillRequest, ListImagesRequest
from tests.actions import crowd
from tests.memory_cloud import ALICE, BOB


def together(*deeds):
    """Do all at once; what each was refused with, "" for those that were not."""
    line, refusals = threading.Barrier(len(deeds)), [""] * len(deeds)

    def do(number, deed):
        line.wait(10)
        try:
            deed()
        except StratusError as error:
            refusals[number] = error.code

    threads = [threading.Thread(target=do, args=item, daemon=True) for item in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return refusals


def test_deleting_running_and_importing_at_once_never_leaves_an_instance_without_its_image(site):
    outcomes = set()
    for _ in range(6):
        refusals = together(
            lambda: run(site.cloud, crowd.wish(), ALICE, crowd.silent),
            lambda: site.perform(DeleteImageRequest(("tiny",))),
            lambda: site.perform(ImportImageRequest("/images/tiny.img", "tiny")),
            lambda: run(site.cloud, crowd.wish(), ALICE, crowd.silent),
            lambda: site.perform(DeleteImageRequest(("tiny",))),
        )
        outcomes.update(refusals)
        in_ledger = {document.key for document in site.cloud.ledger.find(records.IMAGE)}
        in_store = {facts.identifier for facts in site.images.all()}
        living = records.instances(site.cloud.ledger)
        assert in_ledger <= in_store
        assert {instance.image for instance in living} <= in_ledger
        for instance in living:
            site.perform(KillRequest((str(instance.id),)))
        site.perform(ImportImageRequest("/images/tiny.img", "tiny"))
    assert outcomes <= {"", Conflict.__name__, NotFound.__name__}


def test_an_image_in_use_is_not_deleted(site):
    site.run()
    with pytest.raises(Conflict, match="image tiny is in use by 1") as refused:
        site.perform(DeleteImageRequest(("tiny",)))
    assert refused.value.hint == "stratus kill 1, then try again"
    assert site.perform(ListImagesRequest(("tiny",)))[0].in_use == 1


def test_one_that_cannot_be_deleted_keeps_all(site):
    site.perform(ImportImageRequest("/images/other.img", "other"))
    site.run(image="other")
    with pytest.raises(Conflict):
        site.perform(DeleteImageRequest(("tiny", "other")))
    assert len(site.perform(ListImagesRequest())) == 2


def test_a_deleted_image_is_gone_from_ledger_and_store_and_may_come_again(site):
    site.perform(DeleteImageRequest(("tiny",)))
    assert site.images.all() == []
    assert site.cloud.ledger.find(records.IMAGE_NAME) == []
    with pytest.raises(NotFound):
        site.run()
    site.perform(ImportImageRequest("/images/tiny.img", "tiny"))
    site.run()


def test_somebody_elses_image_can_be_run_and_not_deleted(site):
    site.run(actor=BOB)
    with pytest.raises(Denied, match="image tiny belongs to alice"):
        site.perform(DeleteImageRequest(("tiny",)), BOB)


def test_importing_the_same_content_again_changes_neither_owner_nor_name(site):
    again = site.perform(ImportImageRequest("/images/tiny.img", "mine"), BOB)
    assert (again.name, again.owner) == ("tiny", ALICE.name)
    assert site.perform(ListImagesRequest(("mine",)), BOB)[0].facts == again.facts
    site.perform(DeleteImageRequest(("mine",)), BOB)  # his name goes, and the site's image stays
    assert site.perform(ListImagesRequest(("tiny",)), BOB)[0].facts == again.facts
    with pytest.raises(Denied):
        site.perform(DeleteImageRequest(("tiny",)), BOB)


def test_a_name_that_is_another_images_is_refused(site):
    with pytest.raises(Conflict, match="the name tiny is another image's"):
        site.perform(ImportImageRequest("/images/other.img", "tiny"))


def test_a_run_does_not_put_an_older_description_of_the_image_back(site):
    before = records.read(site.cloud.ledger, records.IMAGE, site.image.facts.identifier, type(site.image))
    site.run()
    after = records.read(site.cloud.ledger, records.IMAGE, site.image.facts.identifier, type(site.image))
    assert before is not None and after is not None
    assert before[0] == after[0] and before[1] < after[1]


def test_who_holds_an_image_for_too_long_is_not_waited_for(site):
    from dataclasses import replace

    times = iter(range(0, 10_000, int(LEASE_S)))
    hurried = replace(site.cloud, monotonic=lambda: float(next(times)), pause=lambda _: None)
    with alone(site.cloud, "x"), pytest.raises(DeadlineExceeded), alone(hurried, "x"):
        pass
    with alone(hurried, "x"):
        pass
