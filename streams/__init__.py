"""What we conclude: pure folds over what partners said, and the Faust shell around them."""
