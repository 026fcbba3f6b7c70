# Runs the cases in $(cases), as many at once as make -j allows.
all: $(cases)
$(cases): always
	@$(SHELL) "$$srcdir/tests/driver.sh" $@
always:
