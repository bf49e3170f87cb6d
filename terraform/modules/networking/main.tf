locals {
  is_new    = var.mode != "existing"
  is_public = var.mode == "public"
  zones     = local.is_new ? var.availability_zones : []

  # A quarter of the range for the tasks of each zone, and a quarter of the last quarter for the load balancer:
  # adding a zone renumbers nothing, and a /22 still has room for 251 tasks in a zone.
  task_cidr          = { for index, zone in local.zones : zone => cidrsubnet(var.cidr, 2, index) }
  load_balancer_cidr = { for index, zone in local.zones : zone => cidrsubnet(var.cidr, 4, 12 + index) }

  # The zones that get a NAT gateway.
  nat_zones = (
    var.mode == "private" ? local.zones :
    var.mode == "private-single-nat" ? slice(local.zones, 0, min(1, length(local.zones))) :
    []
  )
}

resource "aws_vpc" "this" {
  count = local.is_new ? 1 : 0

  cidr_block         = var.cidr
  enable_dns_support = true
  # Only the private names of interface endpoints need it.
  enable_dns_hostnames = var.mode == "private-endpoints"
  tags                 = merge(var.tags, { Name = var.name })

  lifecycle {
    precondition {
      condition     = length(var.availability_zones) >= 2
      error_message = "A new network needs two or three availability zones."
    }

    precondition {
      condition     = var.existing == null
      error_message = "An existing network can only be named in mode \"existing\"."
    }
  }
}

resource "aws_internet_gateway" "this" {
  count = local.is_new ? 1 : 0

  vpc_id = aws_vpc.this[0].id
  tags   = merge(var.tags, { Name = var.name })
}

resource "aws_subnet" "load_balancer" {
  for_each = toset(local.zones)

  vpc_id            = aws_vpc.this[0].id
  availability_zone = each.value
  cidr_block        = local.load_balancer_cidr[each.value]
  tags              = merge(var.tags, { Name = "${var.name}-load-balancer-${each.value}" })
}

# Tasks have subnets of their own in every mode: the load balancer keeps its addresses even when they use up theirs.
resource "aws_subnet" "task" {
  for_each = toset(local.zones)

  vpc_id            = aws_vpc.this[0].id
  availability_zone = each.value
  cidr_block        = local.task_cidr[each.value]
  tags              = merge(var.tags, { Name = "${var.name}-task-${each.value}" })
}
