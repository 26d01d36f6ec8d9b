"""The label errors of MNIST's test set that people confirmed."""

from mnist_core.review.confirmed_errors import CONFIRMED_ERRORS, describe_votes


def test_the_confirmed_ones_are_those_that_at_most_two_of_five_agree_with(mnist):
    for index, votes in CONFIRMED_ERRORS.items():
        assert mnist.y_test[index] == votes.label
        assert votes.label != votes.proposed
        assert votes.for_label <= 2
        assert votes.for_label + votes.for_proposed + votes.for_neither == 5
    assert describe_votes(947) == "0 of 5 see 8, 5 see 9"
    assert describe_votes(2654) == "0 of 5 see 6, 2 see 1, 3 see neither"
    assert describe_votes(0) == ""
